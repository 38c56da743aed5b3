package proxy

// LogLevel returns log_level.
func (p *Proxy) LogLevel() int { return int(p.logLevel.Load()) }

// SetLogLevel sets log_level, and xlog_level too where the configuration has left it
// to that.
func (p *Proxy) SetLogLevel(n int) {
	p.logLevel.Store(int32(n))
	p.group.LogControl().SetLevel(n)
	if !p.set.OwnXlogLevel {
		p.SetXlogLevel(n)
	}
}

// XlogLevel returns the level above which an xlog is not even formatted.
func (p *Proxy) XlogLevel() int { return int(p.xlogLevel.Load()) }

// SetXlogLevel sets it.
func (p *Proxy) SetXlogLevel(n int) { p.xlogLevel.Store(int32(n)) }
