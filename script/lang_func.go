package script

import "github.com/fastsips/fastsips/script/syntax"

// languageFuncs are the functions that belong to the language.
func languageFuncs() []*Func {
	return []*Func{
		xlogFunc(), logFunc(), traceFunc(),
		{
			Name: "xdbg", Doc: "Log a format string at debug level.", In: All,
			Params: []ParamInfo{{Name: "text", Doc: "format string", Kind: ParamStr}},
			bind: func(b *binder) call {
				return bindXlog(constant(int32(levelDebug)), textArg(b, 0))
			},
		},
		Func2("error", "Accepted, and does nothing, as in OpenSIPS.", All,
			Str("class", "class of the error"), Str("text", "text of the error"),
			func(c *Ctx, _, _ []byte) Ret { return 1 }),
		Func2("pv_printf", "Write a format string into a variable.", All,
			Out("var", "the variable"), Str("text", "format string"),
			func(c *Ctx, v VarRef, text []byte) Ret { return Ret(truth(v.Set(c, StrValue(text)))) }),
	}
}

// xlogFunc is xlog([level,] text). It is not a Func2 since the text of a filtered
// line must not be made at all.
func xlogFunc() *Func {
	f := &Func{
		Name: "xlog", Doc: "Log a format string.", In: All,
		Params: []ParamInfo{
			{Name: "level", Doc: "L_ALERT L_CRIT L_ERR L_WARN L_NOTICE L_INFO L_DBG, or a variable; L_NOTICE if left out", Kind: ParamStr},
			{Name: "text", Doc: "format string", Kind: ParamStr, Optional: true},
		},
	}
	f.bind = func(b *binder) call {
		if len(b.call.Args) < 2 {
			return bindXlog(constant(int32(b.c.prog.xlogPrint)), textArg(b, 0))
		}
		return bindXlog(levelArg(b), textArg(b, 1))
	}
	return f
}

// logFunc is log([level,] text) without variables in the text.
func logFunc() *Func {
	f := &Func{
		Name: "log", Doc: "Log a text.", In: All,
		Params: []ParamInfo{
			{Name: "level", Doc: "a number or L_ERR and so on; L_DBG if left out", Kind: ParamLevel},
			{Name: "text", Doc: "text, in which a $ is just a $", Kind: ParamText, Optional: true},
		},
	}
	f.bind = func(b *binder) call {
		at := max(len(b.call.Args)-1, 0)
		level := constant(int32(levelDebug))
		if at > 0 {
			level = levelArg(b)
		}
		if at >= len(b.call.Args) {
			return bindXlog(level, textArg(b, at))
		}
		s, ok := b.call.Args[at].(*syntax.StrLit)
		if !ok {
			b.error(b.call.Args[at].At(), "text must be a string in quotes", "")
			return bindXlog(level, &format{})
		}
		return bindXlog(level, &format{fixed: []byte(s.Value)})
	}
	return f
}

// textArg compiles argument i as a format string.
func textArg(b *binder, i int) *format {
	if i >= len(b.call.Args) || b.call.Args[i] == nil {
		b.error(b.call.ArgsEnd, "missing argument: text", "")
		return &format{}
	}
	switch x := b.call.Args[i].(type) {
	case *syntax.StrLit:
		return b.c.format(x.Parts, x.Value)
	case *syntax.Var:
		if v := b.c.variable(x); v != nil {
			return &format{parts: []part{{x: v}}}
		}
	default:
		b.error(x.At(), "text must be a string", "")
	}
	return &format{}
}

// levelArg compiles the first argument as a log level.
func levelArg(b *binder) getter[int32] {
	switch x := b.call.Args[0].(type) {
	case *syntax.NumLit:
		return constant(x.Value)
	case *syntax.StrLit:
		if v := soleVar(x); v != nil {
			return levelVar(b, v)
		}
		if n, ok := parseLevel([]byte(x.Value)); ok {
			return constant(int32(n))
		}
		b.error(x.Span, "unknown log level "+x.Value, "use L_ALERT, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO or L_DBG")
	case *syntax.Var:
		return levelVar(b, x)
	default:
		b.error(b.call.Span, "the log level is missing", "")
	}
	return none[int32]()
}

func levelVar(b *binder, x *syntax.Var) getter[int32] {
	v := b.c.variable(x)
	if v == nil {
		return none[int32]()
	}
	return func(c *Ctx) (int32, bool) {
		val := v.eval(c)
		if n, ok := val.AsInt(); ok {
			return n, true
		}
		n, ok := parseLevel(val.Str)
		return int32(n), ok
	}
}

func bindXlog(level getter[int32], text *format) call {
	return func(c *Ctx) Ret {
		n, ok := level(c)
		if ok && int(n) <= c.logLevel() {
			return c.xlog(int(n), text)
		}
		if r := c.ready(ok); r != 0 {
			return r
		}
		return 1
	}
}

// xlog writes one line. Text that is too long is not written at all.
func (c *Ctx) xlog(level int, text *format) Ret {
	at := len(c.text)
	c.text = append(c.text, levelName(level)...)
	start := len(c.text)
	text.write(c)
	n := len(c.text) - start
	line := c.text[at:]
	if r := c.ready(true); r != 0 {
		c.text = c.text[:at]
		return r
	}
	if n <= c.prog.xlogBuf {
		c.host.Log(c, level, line)
	}
	c.text = c.text[:at]
	if n > c.prog.xlogBuf {
		c.LogError("core: an xlog of %d bytes is longer than xlog_buf_size (%d)", n, c.prog.xlogBuf)
		return -1
	}
	return 1
}
