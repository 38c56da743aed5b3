// Package location tests what is left of registrations when the process that has them is
// killed, stopped, or one of several: with a real database, and Redis. It is a package of
// its own so that it runs beside the other end-to-end tests.
package location
