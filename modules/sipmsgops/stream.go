package sipmsgops

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

func (m *Module) streamFuncs() []*script.Func {
	media := script.Regex("media", `regular expression for the media: "video"`)
	proto := script.Opt(script.Regex("transport", `regular expression for the transport: "SAVP"`))
	return []*script.Func{
		script.Func2("stream_exists", "Whether a media stream is in a session description, as it has been changed so far.", messageRoutes, media, proto,
			func(c *script.Ctx, media, proto *script.Regexp) script.Ret {
				return m.eachStream(c, media, proto, func(*sdp.Session, *sipparse.Edits, int) bool { return true })
			}),
		script.Func2("stream_delete", "Remove media streams from all session descriptions, with all of their lines. -1: there is none.", messageRoutes, media, proto,
			func(c *script.Ctx, media, proto *script.Regexp) script.Ret {
				return m.eachStream(c, media, proto, func(s *sdp.Session, e *sipparse.Edits, i int) bool { return s.DeleteMedia(e, i) })
			}),
		script.Func0("is_audio_on_hold", "Whether an audio stream is on hold: 1 by an address of 0.0.0.0 (RFC 2543), 2 by its direction (RFC 3264), -1 not.",
			messageRoutes, m.isAudioOnHold),
	}
}

func (m *Module) eachStream(c *script.Ctx, media, proto *script.Regexp, do func(*sdp.Session, *sipparse.Edits, int) bool) script.Ret {
	return m.eachSDP(c, func(s *sdp.Session, e *sipparse.Edits) (found bool) {
		var x sdp.Media
		for i := range s.NMedia() {
			if s.Media(i, &x) && !s.Deleted(e, i) && media.Match(x.Type.Of(s.Buf())) && (proto == nil || proto.Match(x.Proto.Of(s.Buf()))) {
				found = do(s, e, i) || found
			}
		}
		return found
	})
}

// isAudioOnHold looks at the message as it was received; the first stream on hold counts.
func (m *Module) isAudioOnHold(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	w := m.scratch.On(x.Loop())
	hold := script.Ret(-1)
	w.edits.Reset()
	w.eachSDP(x.Msg(), &w.edits, func(s *sdp.Session, _ *sipparse.Edits) bool {
		for i := s.FindMedia("audio", 0); i >= 0 && hold < 0; i = s.FindMedia("audio", i+1) {
			if d := s.Direction(i); d == sdp.SendOnly || d == sdp.Inactive {
				hold = 2
			} else if s.Held(i) {
				hold = 1
			}
		}
		return hold > 0
	})
	return hold
}
