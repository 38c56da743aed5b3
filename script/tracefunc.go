package script

// A logTracer is what script_trace asks for: a line of the log for each step.
type logTracer struct {
	level int
	info  *format // may be nil
	name  string
}

// Info is the format string of script_trace before the step.
func (t *logTracer) Info(c *Ctx) string {
	if t.info == nil || t.level > c.logLevel() {
		return ""
	}
	at := len(c.text)
	t.info.write(c)
	s := string(c.text[at:])
	c.text = c.text[:at]
	return s
}

// Step logs [file:line][name][what was done] -> (the format string).
func (t *logTracer) Step(c *Ctx, s *Step) {
	if t.level > c.logLevel() || s.Kind == StepBegin {
		return
	}
	if t.info == nil {
		c.logf(t.level, "[%s:%d][%s][%v]", s.File, s.Line, t.name, s)
		return
	}
	c.logf(t.level, "[%s:%d][%s][%v] -> (%s)", s.File, s.Line, t.name, s, s.Info)
}

// traceFunc is script_trace([level[, info[, name]]]). It is not a Func3 since the info
// is made anew at each step.
func traceFunc() *Func {
	f := &Func{
		Name: "script_trace", In: All,
		Doc: "Log each statement that this run executes from here on, with the values in it; without arguments: no more. It ends with the top route.",
		Params: []ParamInfo{
			{Name: "level", Doc: "log level of the lines", Kind: ParamLevel, Optional: true},
			{Name: "info", Doc: "format string, made before each statement and logged with it", Kind: ParamStr, Optional: true},
			{Name: "name", Doc: "what the lines are marked with", Kind: ParamStatic, Optional: true},
		},
	}
	f.bind = bindTrace
	return f
}

func bindTrace(b *binder) call {
	args := b.call.Args
	if len(args) == 0 {
		return func(c *Ctx) Ret {
			if r := c.ready(true); r != 0 {
				return r
			}
			c.Trace(nil)
			return 1
		}
	}
	var info *format
	if len(args) > 1 && args[1] != nil {
		info = textArg(b, 1)
	}
	name := Opt(Static("name", "")).get(b, 2)
	level := levelArg(b)
	return func(c *Ctx) Ret {
		n, ok := level(c)
		if r := c.ready(ok); r != 0 {
			return r
		}
		t := &logTracer{level: int(n), info: info}
		t.name, _ = name(c)
		c.Trace(t)
		return 1
	}
}
