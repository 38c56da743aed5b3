package cfgutils

import (
	"os"

	"github.com/fastsips/fastsips/script"
)

// environmentVar is $env(NAME), of the environment that the process has.
func environmentVar() *script.Var {
	return &script.Var{
		Name: "env", Doc: "an environment variable of the process", Inner: script.NeedsInner,
		Get: func(c *script.Ctx, a *script.Arg) script.Value {
			text, ok := os.LookupEnv(string(a.Name))
			if !ok {
				return script.Null
			}
			return script.StrValue(c.Copy([]byte(text)))
		},
	}
}
