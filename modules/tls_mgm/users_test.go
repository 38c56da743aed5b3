package tls_mgm

import "github.com/fastsips/fastsips/asyncops/db"

// The drivers of databases find the module by what it can do.
var _ db.TLSDomains = (*Module)(nil)
