package tm

// lax is what the matching of RFC 2543 requests leaves out, for peers that get it
// wrong. OpenSIPS: ruri_matching=0, via1_matching=0.
type lax struct{ uri, via bool }

// Matching returns s with these rules for requests whose top Via has no branch of RFC
// 3261: whether the Request-URI and the top Via count. By §17.2.3 both do; some
// clients of RFC 2543 send others in ACK and CANCEL than in their INVITE.
func (s Seed) Matching(uri, via bool) Seed {
	s.lax = lax{uri: !uri, via: !via}
	return s
}
