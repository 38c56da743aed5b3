package script

import "github.com/fastsips/fastsips/script/syntax"

const errorRoute = syntax.ErrorRoute

// ready is asked by every function after its arguments have been evaluated; ok
// says that they were all there. 0 means that it may run.
//
// That is the moment at which an async statement begins: if an argument is NULL
// or of the wrong kind, no transaction is made for it.
func (c *Ctx) ready(ok bool) Ret {
	if ok && !c.starting && !c.asking {
		return 0
	}
	return c.beginAsync(ok)
}

func (c *Ctx) beginAsync(ok bool) Ret {
	if c.wanting {
		return unanswered
	}
	c.asking = false
	if !ok {
		return badArg
	}
	if !c.starting {
		return 0
	}
	c.starting = false
	switch c.host.BeginAsync(c) {
	case AsyncEnd:
		return asyncEnded
	case AsyncFail:
		return asyncLost
	}
	return 0
}

// deliverAsync goes on inside an async statement. The value 0 does not end the
// run there: the resume route gets it as $rc.
func (c *Ctx) deliverAsync(f *frame, in *instr, v Ret) {
	switch v {
	case badArg: // the resume route does not run either
		c.Log(levelErr, in.x.text)
		c.set(-1)
		f.pc = in.f
	case asyncEnded:
		c.end(0)
	case asyncLost:
		c.set(-1)
		c.jumpTo(in.n)
	default:
		c.set(int32(v))
		f.pc = in.t
		if c.exiting {
			c.end(0)
		}
	}
}

// launch starts a function whose end is awaited on a run of its own.
func (c *Ctx) launch(in *instr) {
	param := Null
	if in.x.param != nil {
		v, _ := in.x.param(c)
		param = v.kept()
	}
	v := in.call(c)
	switch v {
	case unanswered:
		return
	case badArg:
		c.Log(levelErr, in.x.text)
		v = -1
	case Waiting:
		op, fin, limit := c.op, c.fin, c.timeout
		c.op, c.fin, c.timeout = nil, nil, 0
		v = c.host.Launch(c, op, fin, int64(limit), in.n, param)
	default:
		v = c.host.LaunchDone(c, v, in.n, param)
	}
	if v == 0 { // the script goes on behind a launch, whatever became of it
		v = 1
	}
	c.set(int32(v))
}
