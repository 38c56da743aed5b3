package mi

import (
	"context"
	"encoding/json"
)

// Recipe8 is a way of calling a command with eight parameters.
func Recipe8[A, B, C, D, E, F, G, H any](a Param[A], b Param[B], c Param[C], d Param[D], e Param[E], f Param[F], g Param[G], h Param[H],
	run func(context.Context, A, B, C, D, E, F, G, H) (any, error)) Recipe {
	params := infos(a.ParamInfo, b.ParamInfo, c.ParamInfo, d.ParamInfo, e.ParamInfo, f.ParamInfo, g.ParamInfo, h.ParamInfo)
	return Recipe{Params: params, run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		s, u, v, w := take(&t, a, args[0]), take(&t, b, args[1]), take(&t, c, args[2]), take(&t, d, args[3])
		x, y, z, last := take(&t, e, args[4]), take(&t, f, args[5]), take(&t, g, args[6]), take(&t, h, args[7])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, s, u, v, w, x, y, z, last)
	}}
}
