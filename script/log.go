package script

// Levels of OpenSIPS's log.
const (
	levelAlert  = -3
	levelCrit   = -2
	levelErr    = -1
	levelWarn   = 1
	levelNotice = 2
	levelInfo   = 3
	levelDebug  = 4
)

// A LogLeveler is a Host whose xlog_level can change while it runs. Without it
// the script's own xlog_level holds.
type LogLeveler interface {
	// LogLevel returns the level above which an xlog is not even formatted.
	LogLevel() int
}

// levelName is what xlog puts in front of its text.
func levelName(level int) string {
	switch {
	case level <= levelAlert:
		return "ALERT:"
	case level == levelCrit:
		return "CRITICAL:"
	case level <= 0:
		return "ERROR:"
	case level == levelWarn:
		return "WARNING:"
	case level == levelNotice:
		return "NOTICE:"
	case level == levelInfo:
		return "INFO:"
	}
	return "DBG:"
}

// parseLevel reads L_ERR and its like.
func parseLevel(b []byte) (level int, ok bool) {
	switch string(b) {
	case "L_ALERT":
		return levelAlert, true
	case "L_CRIT":
		return levelCrit, true
	case "L_ERR":
		return levelErr, true
	case "L_WARN":
		return levelWarn, true
	case "L_NOTICE":
		return levelNotice, true
	case "L_INFO":
		return levelInfo, true
	case "L_DBG":
		return levelDebug, true
	}
	return 0, false
}

// logLevel is the level above which an xlog of this run is not written.
func (c *Ctx) logLevel() int {
	switch {
	case c.xlogSet.has:
		return int(c.xlogSet.level)
	case c.leveler != nil:
		return c.leveler.LogLevel()
	}
	return c.prog.xlogLevel
}
