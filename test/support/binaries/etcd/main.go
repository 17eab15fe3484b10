// Command etcd is the etcd server: its own module ships no main package that `go build` could fetch by name.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
