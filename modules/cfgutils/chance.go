package cfgutils

import (
	"context"
	"math/rand/v2"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
)

// noProbability is what rand_event() gets when it names none.
const noProbability = -1

func (m *Module) chances() []*script.Func {
	return []*script.Func{
		script.Func1("rand_set_prob", "Set the probability of rand_event(), per cent. -1: not from 0 to 100.", script.All,
			script.Int("probability", "0 to 100"), func(_ *script.Ctx, n int32) script.Ret { return truth(m.setProb(n)) }),
		script.Func0("rand_reset_prob", "Set the probability of rand_event() to initial_probability.", script.All,
			func(*script.Ctx) script.Ret { return truth(m.setProb(int32(m.initialProb))) }),
		script.Func0("rand_get_prob", "The probability of rand_event() as the value, -1 for 0, since 0 would end the script.", script.All,
			func(*script.Ctx) script.Ret {
				if n := m.prob.Load(); n > 0 {
					return script.Ret(n)
				}
				return -1
			}),
		script.Func1("rand_event", "True with the probability that was set, or the one given.", script.All,
			script.OptInt("probability", "per cent", noProbability), func(_ *script.Ctx, n int32) script.Ret {
				if n == noProbability {
					n = m.prob.Load()
				}
				return truth(rand.IntN(100) < int(n))
			}),
	}
}

func (m *Module) setProb(n int32) bool {
	if n < 0 || n > 100 {
		return false
	}
	m.prob.Store(n)
	return true
}

// randomVar is $RANDOM.
func randomVar() *script.Var {
	return &script.Var{Name: "RANDOM", Doc: "a random number from 0 to 2^31-1", Get: func(*script.Ctx, *script.Arg) script.Value { return script.IntValue(rand.Int32()) }}
}

func (m *Module) chanceCommands() []*mi.Command {
	return []*mi.Command{
		{Name: "cfgutils:rand_set_prob", Doc: "Set the probability of rand_event().", Recipes: []mi.Recipe{
			mi.Recipe1(mi.Int("prob_proc", "per cent, 0 to 100"), func(_ context.Context, n int) (any, error) {
				if n < 0 || n > 100 || !m.setProb(int32(n)) {
					return nil, mi.Errorf(400, "incorrect probability")
				}
				return nil, nil
			})}},
		{Name: "cfgutils:rand_reset_prob", Doc: "Set the probability of rand_event() to initial_probability.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				m.setProb(int32(m.initialProb))
				return nil, nil
			})}},
		{Name: "cfgutils:rand_get_prob", Doc: "The probability of rand_event().", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				return mi.Object{{Name: "The actual probability", Value: m.prob.Load()}}, nil
			})}},
	}
}
