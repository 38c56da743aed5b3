package core

import (
	"errors"
	"os"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// processVars are the process, its configuration and what xlog lines are coloured with.
func processVars() []*script.Var {
	pid := int32(os.Getpid())
	return []*script.Var{
		{Name: "pp", Doc: "process id", Get: func(*script.Ctx, *script.Arg) script.Value { return script.IntValue(pid) }},
		{Name: "loop", Doc: "number of the event loop that the script runs on; $loop(owner): of the loop that owns the call",
			Inner: script.OptionalInner, Get: getLoop},
		{Name: "argv", Doc: "option of the command line: $argv(name) of -o name=value, an empty string of -o name", Inner: script.NeedsInner, Get: getOption},
		{Name: "cfg_line", Doc: "line of the configuration that it stands in", Place: func(_ string, line int) any { return int32(line) },
			Get: func(_ *script.Ctx, a *script.Arg) script.Value {
				n, _ := a.Key.(int32)
				return script.IntValue(n)
			}},
		{Name: "cfg_file", Doc: "name of the configuration file, or included file, that it stands in", Place: func(file string, _ int) any { return []byte(file) },
			Get: func(_ *script.Ctx, a *script.Arg) script.Value {
				b, _ := a.Key.([]byte)
				return text(b)
			}},
		{Name: "C", Doc: "colour of what follows on a terminal, text and background: $C(rx), $C(xx) for the normal ones; of xsrgybpcw, where x is the default; a capital is bright",
			Inner: script.NeedsInner, Bind: bindColour, Get: getColour},
	}
}

func getOption(c *script.Ctx, a *script.Arg) script.Value {
	v, ok := proxy.From(c).Proxy().Settings().Options[string(a.Name)]
	if !ok {
		return script.Null
	}
	return copied(c, v)
}

// Digits of the colours in the escape sequences of terminals, after 3 for the text and
// 4 for the background; 9 is the default.
var colours = map[byte]byte{'x': '9', 's': '0', 'r': '1', 'g': '2', 'y': '3', 'b': '4', 'p': '5', 'c': '6', 'w': '7'}

func bindColour(inner string) (any, error) {
	b := colour([]byte(inner))
	if b == nil {
		return nil, errors.New("it is two letters of xsrgybpcw, for text and background")
	}
	return b, nil
}

func getColour(c *script.Ctx, a *script.Arg) script.Value {
	if proxy.From(c).Proxy().Settings().NoColour {
		return script.Null
	}
	b, ok := a.Key.([]byte)
	if !ok {
		b = colour(a.Name)
	}
	return text(b)
}

// colour is the escape sequence of two letters; nil if they are none.
func colour(xy []byte) []byte {
	if len(xy) != 2 {
		return nil
	}
	bright := byte('0')
	x := xy[0]
	if 'A' <= x && x <= 'Z' {
		bright, x = '1', x+'a'-'A'
	}
	front, ok := colours[x]
	back, known := colours[xy[1]]
	if !ok || !known {
		return nil
	}
	return []byte{'\x1b', '[', bright, ';', '3', front, ';', '4', back, 'm'}
}
