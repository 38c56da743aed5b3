package loop

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A logHandler makes lines such as
//
//	INFO:core: udp receive buffer asked=4194304 granted=425984
//
// of slog records and queues them for the log writer.
type logHandler struct {
	w      *logWriter
	attrs  []byte // " key=value" of WithAttrs
	prefix string // "group." of WithGroup
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.w.control.own.Level() && h.w.control.passes(levelOf(level))
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	text := append(levelPrefix(r.Level), r.Message...)
	text = append(text, h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		text = appendAttr(text, h.prefix, a)
		return true
	})
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	h.w.put(&logLine{wall: at.Unix(), text: text[:min(len(text), maxLogText)]})
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = slices.Clone(h.attrs)
	for _, a := range attrs {
		c.attrs = appendAttr(c.attrs, h.prefix, a)
	}
	return &c
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}

func levelPrefix(level slog.Level) []byte {
	switch {
	case level >= slog.LevelError:
		return []byte("ERROR:core: ")
	case level >= slog.LevelWarn:
		return []byte("WARNING:core: ")
	case level >= slog.LevelInfo:
		return []byte("INFO:core: ")
	}
	return []byte("DBG:core: ")
}

func appendAttr(dst []byte, prefix string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return dst
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, m := range v.Group() {
			dst = appendAttr(dst, prefix, m)
		}
		return dst
	}
	dst = append(append(append(append(dst, ' '), prefix...), a.Key...), '=')
	return appendValue(dst, v)
}

// appendValue quotes what could be mistaken for more than one value or line.
func appendValue(dst []byte, v slog.Value) []byte {
	s := v.String()
	if v.Kind() == slog.KindAny {
		s = fmt.Sprint(v.Any())
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || r == 0x7f }) {
		return strconv.AppendQuote(dst, s)
	}
	return append(dst, s...)
}
