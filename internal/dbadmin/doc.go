// Package dbadmin makes OpenSIPS's tables in a database, brings those of earlier
// versions up to date, and adds users. It is for the command fastsips db and for
// tests: it blocks, and knows no loop.
package dbadmin
