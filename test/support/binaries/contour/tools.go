//go:build tools

// The program that tests run from Contour's module, so that go.mod and go.sum pin it.
package tools

import (
	_ "github.com/projectcontour/contour/cmd/contour"
)
