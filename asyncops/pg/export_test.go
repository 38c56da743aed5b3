package pg

// ParseInt is for the tests of values.
var ParseInt = parseInt
