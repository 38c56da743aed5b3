package cfgutils

import (
	"math/rand/v2"

	"github.com/fastsips/fastsips/script"
)

// mostValues bounds how many values of a variable are looked at.
const mostValues = 10_000

func setFunctions() []*script.Func {
	return []*script.Func{
		script.Func2("set_count", "Count the values of a variable that may have several, such as $avp(x) or $hdr(x).", script.All,
			script.VarIn("variable", "what is counted"), script.Out("result", "how many"), func(c *script.Ctx, v, out script.VarRef) script.Ret {
				n := int32(0)
				for ; n < mostValues && !v.Element(c, n).IsNull(); n++ {
				}
				return truth(out.Set(c, script.IntValue(n)))
			}),
		script.Func1("set_select_weight", "Choose a value of a variable, the numbers being weights: its index, from 1 on, as the value. -1: none is above 0.",
			script.All, script.VarIn("variable", "the weights"), selectWeight),
		script.Func1("shuffle_avps", "Bring the values of an $avp into a random order.", script.All, script.VarIn("variable", "an $avp"), shuffle),
	}
}

// selectWeight: "the probability of selecting a certain element is proportionate with
// its weight". OpenSIPS counts from 0, and a script cannot tell the first from the end
// of the script: we count from 1.
func selectWeight(c *script.Ctx, v script.VarRef) script.Ret {
	var sum int64
	for i := int32(0); i < mostValues; i++ {
		x := v.Element(c, i)
		if x.IsNull() {
			break
		}
		sum += weight(x)
	}
	if sum == 0 {
		return -1
	}
	at := rand.Int64N(sum)
	for i := int32(0); ; i++ {
		if at -= weight(v.Element(c, i)); at < 0 {
			return script.Ret(i + 1)
		}
	}
}

func weight(x script.Value) int64 {
	n, _ := x.AsInt()
	return int64(max(n, 0))
}

func shuffle(c *script.Ctx, v script.VarRef) script.Ret {
	var list []script.Value
	for i := int32(0); i < mostValues; i++ {
		x := v.Element(c, i)
		if x.IsNull() {
			break
		}
		if x.Kind == script.StrKind {
			x.Str = c.Copy(x.Str)
		}
		list = append(list, x)
	}
	if list == nil {
		return -1
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	ok := v.Replace(c, list[0])
	for _, x := range list[1:] {
		ok = ok && v.Set(c, x)
	}
	return truth(ok)
}
