package proxy

// What replies made here get beyond what RFC 3261 §8.2.6 asks for is kept in one slice,
// the body last: a request that waits takes no more memory for it.

// maxReplyExtra bounds it; a message is no longer than that.
const maxReplyExtra = 65535

// AppendToReply adds header lines to responses made here. False: they are too many.
func (r *Request) AppendToReply(lines []byte) bool {
	if len(r.replyExtra)+len(lines) > maxReplyExtra {
		return false
	}
	body := len(r.replyExtra) - int(r.replyBody)
	r.replyExtra = append(r.replyExtra, lines...)
	if r.replyBody > 0 {
		copy(r.replyExtra[body+len(lines):], r.replyExtra[body:])
		copy(r.replyExtra[body:], lines)
	}
	return true
}

// SetReplyBody makes body that of responses made here, but for a 100; its Content-Type is
// among the headers. False: there is one already, or it is too long.
func (r *Request) SetReplyBody(body []byte) bool {
	if r.replyBody > 0 || len(r.replyExtra)+len(body) > maxReplyExtra {
		return false
	}
	r.replyExtra = append(r.replyExtra, body...)
	r.replyBody = uint32(len(body))
	return true
}

func (r *Request) replyHeaders() []byte {
	n := len(r.replyExtra) - int(r.replyBody)
	return r.replyExtra[:n:n]
}

func (r *Request) bodyOfReply() []byte { return r.replyExtra[len(r.replyExtra)-int(r.replyBody):] }
