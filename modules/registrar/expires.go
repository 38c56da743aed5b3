package registrar

import (
	"math/rand/v2"

	"github.com/fastsips/fastsips/sipparse"
)

// briefLimit: only what is shorter than an hour may be refused as too brief (RFC 3261
// §10.3 step 7).
const briefLimit = 3600

// maxSeconds bounds how long a contact may stay: 68 years.
const maxSeconds = 1<<31 - 1

// expiresOf is for how long a contact is registered: its own parameter, else the Expires
// header, else default_expires; within what the limits allow. 0 ends it.
func (r *registration) expiresOf(x *sipparse.Contact) (seconds uint32, f failure) {
	seconds = uint32(r.m.set.defaultExpires)
	if header, present, err := r.msg.Expires(); present && err == sipparse.OK {
		seconds = header
	}
	if x.HasExpires {
		seconds = x.Expires
	}
	if r.forced != nil {
		seconds = r.forced.expires
	}
	if seconds == 0 {
		return 0, fine
	}
	return r.limited(seconds)
}

func (r *registration) limited(seconds uint32) (uint32, failure) {
	least, most := r.minExpires(), uint32(r.m.set.maxExpires)
	if r.flags.maxExpires != unsaid {
		most = uint32(r.flags.maxExpires)
	}
	if seconds < least {
		if seconds < briefLimit && !r.m.set.raiseExpires && r.forced == nil {
			return 0, tooBrief
		}
		seconds = least
	}
	if most > 0 && seconds > most {
		seconds = most
	}
	return min(seconds, maxSeconds), fine
}

func (r *registration) minExpires() uint32 {
	if r.flags.minExpires != unsaid {
		return uint32(r.flags.minExpires)
	}
	return uint32(r.m.set.minExpires)
}

// deviate changes the time at random, so that clients that have registered at once come
// back one by one.
func (s *settings) deviate(seconds uint32) uint32 {
	d := int64(s.deviation)
	if d == 0 {
		return seconds
	}
	return uint32(min(max(int64(seconds)+rand.Int64N(2*d+1)-d, 1), maxSeconds))
}
