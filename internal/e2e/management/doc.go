// Package management shows that every management command of every module answers the
// same by all of its names, through a FIFO, a UNIX socket and HTTP. It has no code of
// its own.
package management
