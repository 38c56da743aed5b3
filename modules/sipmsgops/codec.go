package sipmsgops

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// A codecOp does something about the codecs that are meant in one media. It returns whether
// there are any.
type codecOp func(s *sdp.Session, e *sipparse.Edits, media int, match sdp.Match) bool

func codecExists(s *sdp.Session, e *sipparse.Edits, i int, match sdp.Match) bool {
	return s.HasCodec(e, i, match) || match(t38, 0) && hasT38(s, e, i)
}

func codecDelete(s *sdp.Session, e *sipparse.Edits, i int, match sdp.Match) bool {
	n := s.DeleteCodecs(e, i, match)
	return match(t38, 0) && hasT38(s, e, i) && s.DeleteFormat(e, i, t38) || n > 0
}

func codecMoveUp(s *sdp.Session, e *sipparse.Edits, i int, match sdp.Match) bool {
	return s.MoveUp(e, i, match) > 0 || match(t38, 0) && hasT38(s, e, i)
}

func codecMoveDown(s *sdp.Session, e *sipparse.Edits, i int, match sdp.Match) bool {
	return s.MoveDown(e, i, match) > 0 || match(t38, 0) && hasT38(s, e, i)
}

// t38 is the one format of a media without RTP that OpenSIPS takes for a codec.
var t38 = []byte("t38")

func hasT38(s *sdp.Session, e *sipparse.Edits, i int) bool {
	var m sdp.Media
	if !s.Media(i, &m) || m.IsRTP(s.Buf()) || s.Deleted(e, i) || s.Disabled(e, i) {
		return false
	}
	var f sipparse.Span
	for it := s.FormatsOf(&m); it.Next(&f); {
		if sipparse.EqualFold(f.Of(s.Buf()), t38) {
			return true
		}
	}
	return false
}

func (m *Module) codecFuncs() (list []*script.Func) {
	for _, f := range []struct {
		name, doc string
		op        codecOp
	}{
		{"codec_exists", "Whether a codec is in a session description, as it has been changed so far", codecExists},
		{"codec_delete", "Remove a codec from all session descriptions, with what is said about it", codecDelete},
		{"codec_move_up", "Move a codec to the front of the lists of all session descriptions", codecMoveUp},
		{"codec_move_down", "Move a codec to the end of the lists of all session descriptions", codecMoveDown},
	} {
		list = append(list,
			script.Func2(f.name, f.doc+". -1: it is in none.", messageRoutes, script.Str("name", "codec, in any case"),
				script.Opt(script.Str("clock", "its clock rate, \"8000\"")), m.byName(f.op)),
			script.Func1(f.name+"_re", "As "+f.name+"(), for all codecs whose names match. -1: none does.", messageRoutes, script.Regex("names", "regular expression"), m.byPattern(f.op)))
	}
	return append(list, script.Func1("codec_delete_except_re", "Remove all codecs that do not match from all session descriptions. -1: none was removed.",
		messageRoutes, script.Regex("names", "regular expression"), m.codecDeleteExcept))
}

func (m *Module) byName(op codecOp) func(*script.Ctx, []byte, []byte) script.Ret {
	return func(c *script.Ctx, name, clock []byte) script.Ret {
		rate, ok := sipparse.ParseUint(clock, 1<<32-1)
		if len(clock) > 0 && !ok {
			return -1
		}
		return m.eachMedia(c, op, func(n []byte, r uint32) bool {
			return sipparse.EqualFold(n, name) && (len(clock) == 0 || r == uint32(rate))
		})
	}
}

func (m *Module) byPattern(op codecOp) func(*script.Ctx, *script.Regexp) script.Ret {
	return func(c *script.Ctx, re *script.Regexp) script.Ret {
		return m.eachMedia(c, op, func(n []byte, _ uint32) bool { return n != nil && re.Match(n) })
	}
}

// codecDeleteExcept leaves formats that nothing gives a name.
func (m *Module) codecDeleteExcept(c *script.Ctx, re *script.Regexp) script.Ret {
	return m.eachMedia(c, codecDelete, func(n []byte, _ uint32) bool { return n != nil && !re.Match(n) })
}

func (m *Module) eachMedia(c *script.Ctx, op codecOp, match sdp.Match) script.Ret {
	return m.eachSDP(c, func(s *sdp.Session, e *sipparse.Edits) (found bool) {
		for i := range s.NMedia() {
			if op(s, e, i, match) {
				found = true
			}
		}
		return found
	})
}
