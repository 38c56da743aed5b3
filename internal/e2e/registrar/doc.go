// Package registrar tests the registrar end to end: registrations, calls to those who have
// registered, and what the RFCs demand of it, over real sockets and in virtual time. It is
// a package of its own so that it runs beside the other end-to-end tests.
package registrar
