//go:build tools

// The programs that tests run from Pebble's module, so that go.mod and go.sum pin them.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"
)
