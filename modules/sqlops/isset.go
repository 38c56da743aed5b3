package sqlops

import (
	"strings"

	"github.com/fastsips/fastsips/script"
)

// A test is the argument of is_avp_set: an $avp, and of what type it is to be.
type test struct {
	v                       script.VarRef
	integer, text, andEmpty bool
}

// isSetFunction is what remains of avpops's functions on $avps: the others are statements
// of the language today.
func isSetFunction() *script.Func {
	return script.Func1("is_avp_set", "Tell whether an $avp has a value: 1 or -1. Better: if ($avp(name) != NULL).", script.All,
		script.Own("name", `"$avp(name)"; behind it perhaps /n an integer, /s a string, /e an empty one`, loadTest),
		func(c *script.Ctx, t *test) script.Ret {
			if t.holds(t.v.Get(c)) {
				return done
			}
			return failed
		})
}

func loadTest(l *script.Literal) (*test, error) {
	if len(l.Pieces) == 0 || !l.Pieces[0].IsVar() || l.Pieces[0].Name() != "avp" || len(l.Pieces) > 2 {
		return nil, errTest
	}
	t := &test{v: l.Pieces[0].Ref()}
	if len(l.Pieces) == 1 {
		return t, nil
	}
	flags, ok := strings.CutPrefix(l.Pieces[1].Text, "/")
	if !ok {
		return nil, errTest
	}
	for _, flag := range strings.ToLower(flags) {
		switch flag {
		case 'n', 'i':
			t.integer = true
		case 's':
			t.text = true
		case 'e':
			t.andEmpty = true
		default:
			return nil, errTest
		}
	}
	return t, nil
}

var errTest = &script.Refusal{Msg: "this is no $avp to be tested", Hint: `write "$avp(name)", or better: if ($avp(name) != NULL)`}

func (t *test) holds(v script.Value) bool {
	isInt := v.Kind == script.IntKind
	switch {
	case v.IsNull(), t.integer && !isInt, t.text && isInt:
		return false
	case t.andEmpty:
		return isInt && v.Int == 0 || !isInt && len(v.Str) == 0
	}
	return true
}
