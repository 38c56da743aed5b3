package script

// A CoreLeveler is a Host with a log_level: lines above it, of the run-time and of
// modules, are not written. That of xlog is its LogLevel.
type CoreLeveler interface {
	CoreLogLevel() int
}

// A levelSetting is a log level that a run has set for itself.
type levelSetting struct {
	level int8
	has   bool
}

// set takes a level as a number or as L_DBG and its like; NULL goes back to the
// configured one. Beyond -3 and 4 nothing changes any more.
func (s *levelSetting) set(v Value) bool {
	n, ok := v.AsInt()
	if !ok {
		level, known := parseLevel(v.Str)
		n, ok = int32(level), known
	}
	if !ok && !v.IsNull() {
		return false
	}
	*s = levelSetting{int8(min(max(n, levelAlert-1), levelDebug)), ok}
	return true
}

// coreLevel is the level above which a line of the run-time or a module is dropped.
func (c *Ctx) coreLevel() int {
	if c.logSet.has {
		return int(c.logSet.level)
	}
	if h, ok := c.host.(CoreLeveler); ok {
		return h.CoreLogLevel()
	}
	return levelDebug
}

// logLevelVar is $log_level: the level of the run's lines that no xlog writes.
func logLevelVar() *Var {
	return &Var{
		Name: "log_level", Doc: "level of the lines that the core and modules log for this run; NULL goes back to the configured one",
		Get: func(c *Ctx, _ *Arg) Value { return IntValue(int32(c.coreLevel())) },
		Set: func(c *Ctx, _ *Arg, v Value) bool { return c.logSet.set(v) },
	}
}

// xlogLevelVar is $xlog_level: the script's own log level for the rest of the run.
func xlogLevelVar() *Var {
	return &Var{
		Name: "xlog_level", Doc: "level of xlog in this run; NULL goes back to the configured one",
		Get: func(c *Ctx, _ *Arg) Value { return IntValue(int32(c.logLevel())) },
		Set: func(c *Ctx, _ *Arg, v Value) bool { return c.xlogSet.set(v) },
	}
}
