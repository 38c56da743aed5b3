package proxy

// What a failure route needs that sends a request again to who has challenged it.

// maxAnswers is how often one transaction answers challenges: a server that is never
// content must not have us go on.
const maxAnswers = 8

// CountAnswer counts an answer to a challenge; false if there have been too many.
func (tx *Transaction) CountAnswer() bool {
	if tx.answers >= maxAnswers {
		return false
	}
	tx.answers++
	return true
}

// Challenged returns the branch of the 401 or 407 that a failure route looks at; false
// where there is none, or it was made here.
func (x *Context) Challenged() (v BranchView, ok bool) {
	if x.why != forFailure || x.Tx.winner < 0 {
		return v, false
	}
	v = BranchView{x.Tx.branches[x.Tx.winner], x}
	return v, v.b.final != nil && (v.b.status == 401 || v.b.status == 407)
}

// Credentials returns the header lines that Retry sent the branch with.
func (v BranchView) Credentials() []byte { return v.b.Target.credentials }

// Reply returns the final response that came; nil if there is none.
func (v BranchView) Reply() *Message { return v.b.final }

// Host returns the name or address that the branch was sent to.
func (v BranchView) Host() []byte {
	h, _ := hopOf(v.b.Target.nextURI(v.x.Tx.Req.Msg.RequestURI()))
	return h.host
}

// Retry makes the destination in hand that of branch v: its R-URI, and its companions
// where the script has set none. Credentials are header lines that go there, and nowhere
// else: not with what a later failure route makes of the request.
func (x *Context) Retry(v BranchView, credentials []byte) {
	t, was := x.Target, &v.b.Target
	t.SetURI(v.URI())
	if len(t.dst) == 0 && len(t.path) == 0 {
		t.dst, t.path = append(t.dst, was.dst...), append(t.path, was.path...)
	}
	if t.sock == nil {
		t.sock, t.local = was.sock, was.local
	}
	t.flags |= was.flags
	t.credentials = append(t.credentials[:0], credentials...)
}
