package sipmsgops

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func replyFuncs() []*script.Func {
	in := script.R | script.F | script.B | script.E
	return []*script.Func{
		script.Func1("append_to_reply", "Add a header, with its line end, to replies made here.", in,
			script.Str("line", `"Name: value\r\n", or several of them`), appendToReply),
		script.Func1("append_body_to_reply", "Give replies made here, but for a 100, a body; its Content-Type comes by append_to_reply. -1: there is one already.", in,
			script.Str("body", "text"), appendBodyToReply),
		script.Func0("append_time", "Add a Date header to replies made here.", script.R|script.F|script.B|script.L, appendTime),
		script.Func2("change_reply_status", "Give the reply in hand another status, seen at once, and another reason phrase. "+
			"Provisional and positive ones stay in their class, and no other becomes one of these.", script.O,
			script.Int("code", "100 to 699"), script.Str("reason", "reason phrase"), changeReplyStatus),
	}
}

func appendToReply(c *script.Ctx, line []byte) script.Ret {
	return yes(sipparse.IsHeaderLines(line) && !hasKept(line) && proxy.From(c).Req.AppendToReply(line))
}

func appendBodyToReply(c *script.Ctx, body []byte) script.Ret {
	return yes(len(body) > 0 && proxy.From(c).Req.SetReplyBody(body))
}

// appendTime writes the Date of RFC 3261 §20.17.
func appendTime(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	var tmp [48]byte
	line := sipparse.AppendDate(append(tmp[:0], "Date: "...), x.Loop().Wall().Unix())
	return yes(x.Req.AppendToReply(append(line, lineEnd...)))
}

func changeReplyStatus(c *script.Ctx, code int32, reason []byte) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	now := int32(m.Status())
	if code < 100 || code > 699 || (code < 300 || now < 300) && code/100 != now/100 {
		return -1
	}
	m.ChangeStatus(x.Edits, int(code), reason)
	return 1
}
