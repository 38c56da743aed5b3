package gflags

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/mi"
)

// commands are the flags for operators, who name them by a mask: several at once.
func (m *Module) commands() []*mi.Command {
	mask := mi.Str("bitmask", "the flags, as the sum of 1 << flag; decimal, or hexadecimal as 0x15")
	return []*mi.Command{
		{Name: "gflags:set", Aliases: []string{"set_gflag"}, Doc: "Set flags.", Recipes: []mi.Recipe{
			mi.Recipe1(mask, switching(m.Set))}},
		{Name: "gflags:reset", Aliases: []string{"reset_gflag"}, Doc: "Unset flags.", Recipes: []mi.Recipe{
			mi.Recipe1(mask, switching(m.Reset))}},
		{Name: "gflags:check", Aliases: []string{"is_gflag"}, Doc: "Whether flags are set, all of them.", Recipes: []mi.Recipe{
			mi.Recipe1(mask, func(_ context.Context, text string) (any, error) {
				bits, err := parseMask(text)
				return m.Has(bits), err
			})}},
		{Name: "gflags:get", Aliases: []string{"get_gflags"}, Doc: "Show all flags.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				bits := m.Get()
				return mi.Object{{Name: "hex", Value: fmt.Sprintf("0x%X", bits)}, {Name: "dec", Value: fmt.Sprint(bits)}}, nil
			})}},
	}
}

func switching(f func(mask uint32)) func(context.Context, string) (any, error) {
	return func(_ context.Context, text string) (any, error) {
		bits, err := parseMask(text)
		if err == nil {
			f(bits)
		}
		return mi.OK, err
	}
}

// parseMask reads a mask, which has at least one flag.
func parseMask(text string) (uint32, error) {
	base, digits := 10, strings.TrimSpace(text)
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		base, digits = 16, hex
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 {
		return 0, mi.Errorf(400, "Bad parameter value")
	}
	return uint32(n), nil
}
