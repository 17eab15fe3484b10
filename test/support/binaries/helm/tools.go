//go:build tools

// Package tools names the command that this module exists to pin; it is never compiled.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
