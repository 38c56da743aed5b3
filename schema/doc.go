// Package schema is the tables that OpenSIPS's modules keep in a database, as data:
// names, types, defaults, keys and versions as OpenSIPS 4 has them, so that its
// tools and its configurations find what they look for.
//
// From one description comes the SQL of every database ([Table.Create]), and what
// has to be done to a table of an earlier version ([Table.Plan]). The package makes
// text only; internal/dbadmin carries it out. It knows no table of Kamailio's, of
// which some have the same names.
package schema
