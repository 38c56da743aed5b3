// Package e2e tests the whole proxy over real sockets.
package e2e
