// Package accounting tests module acc with whole proxies and real databases: rows and calls
// agree whatever happens to either.
package accounting
