package sipparse

import "time"

const (
	dayNames   = "SunMonTueWedThuFriSat"
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// ParseDate reads b, a SIP-date, and returns the seconds since 1970 UTC:
//
//	rfc1123-date = wkday "," SP date1 SP time SP "GMT" ; RFC 3261 §20.17, §25.1
//
// Any other time zone than GMT is ErrValue, as is what no calendar knows. The day of
// the week may be a wrong one, and a day of the month may have one digit.
func ParseDate(b []byte) (unix int64, err Error) {
	c := alone(b)
	unix = c.date()
	return unix, c.finish(ErrValue)
}

// Date returns the value of Date in seconds since 1970 UTC. err is ErrValue if it is
// broken or there are two.
func (m *Msg) Date() (unix int64, present bool, err Error) {
	c := m.only(HdrDate)
	unix = c.date()
	present, err = c.result(ErrValue)
	return unix, present, err
}

// AppendDate appends the SIP-date of unix, seconds since 1970 UTC. The year must be
// one of 0 to 9999.
func AppendDate(dst []byte, unix int64) []byte {
	return time.Unix(unix, 0).UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 GMT")
}

func (c *cursor) date() int64 {
	c.nameOf(dayNames)
	c.need(',')
	dayAt := c.pos
	day := c.digits(31)
	if c.pos-dayAt > 2 {
		c.fail()
	}
	c.gap()
	month := c.nameOf(monthNames)
	c.gap()
	year := c.fixed(4, 9999)
	c.gap()
	hour := c.fixed(2, 23)
	c.colon()
	minute := c.fixed(2, 59)
	c.colon()
	second := c.fixed(2, 59)
	c.gap()
	c.nameOf("GMT")
	t := time.Date(year, time.Month(month+1), int(day), hour, minute, second, 0, time.UTC)
	if c.bad || t.Day() != int(day) {
		c.fail()
		return 0
	}
	return t.Unix()
}

// nameOf takes one of names, three letters each, and returns which one.
func (c *cursor) nameOf(names string) int {
	if c.pos+3 <= len(c.b) {
		for i := 0; i < len(names); i += 3 {
			if EqualFoldString(c.b[c.pos:c.pos+3], names[i:i+3]) {
				c.pos += 3
				return i / 3
			}
		}
	}
	c.fail()
	return 0
}

// fixed takes n digits, together at most max.
func (c *cursor) fixed(n int, max uint32) int {
	from := c.pos
	x := c.digits(max)
	if c.pos-from != n {
		c.fail()
	}
	return int(x)
}

func (c *cursor) colon() {
	if !c.eat(':') {
		c.fail()
	}
}
