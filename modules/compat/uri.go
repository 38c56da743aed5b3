package compat

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// URI is module uri of OpenSIPS 1.x and 2.x. Its functions about messages are those of
// sipmsgops, which the loader adds; those about subscribers have to wait for auth_db.
func URI() module.Module { return new(uri) }

type uri struct{}

// Setup declares the functions that read the table of subscribers, so that calling one
// gets an answer that is of use.
func (*uri) Setup(e *module.Env) {
	for _, name := range []string{"db_check_to", "db_check_from", "db_does_uri_exist", "db_get_auth_id"} {
		f := script.Func3(name, "Not there yet: it reads the table of subscribers.", script.R|script.L,
			script.Opt(script.Str("uri", "what to look for")), script.Opt(script.Str("db_url", "where to look")), script.Opt(script.Str("realm", "of whom")),
			func(*script.Ctx, []byte, []byte, []byte) script.Ret { return -1 })
		f.Needs = func(*script.Registry) string {
			return "it reads the table of subscribers, which comes with module auth_db, and that is not there yet; use async(sql_query(...), ...)"
		}
		e.Funcs = append(e.Funcs, f)
	}
	for _, p := range []string{"db_url", "db_table", "user_column", "domain_column", "uriuser_column", "use_uri_table", "use_domain", "service_type", "aaa_url"} {
		e.Params.Ignored(p, "the table of subscribers is not read yet")
	}
}
