package core

import (
	"strconv"
	"time"
)

// appendTime appends t in a format of strftime(3) in the C locale. What is no
// conversion stays as it is. It stops when b is full.
func appendTime(b, format []byte, t time.Time) []byte {
	for i := 0; i < len(format) && len(b) < cap(b); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b = append(b, format[i])
			continue
		}
		i++
		if (format[i] == 'E' || format[i] == 'O') && i+1 < len(format) {
			i++ // other numerals and eras, which the C locale has not
		}
		b = appendConversion(b, format[i], t)
	}
	return b
}

// layouts are the conversions that Go has a layout for.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan", 'c': "Mon Jan _2 15:04:05 2006",
	'd': "02", 'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'H': "15", 'I': "03", 'j': "002", 'm': "01", 'M': "04", 'p': "PM", 'P': "pm",
	'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006",
	'z': "-0700", 'Z': "MST",
}

func appendConversion(b []byte, c byte, t time.Time) []byte {
	if layout, ok := layouts[c]; ok {
		return t.AppendFormat(b, layout)
	}
	isoYear, isoWeek := t.ISOWeek()
	monday := (int(t.Weekday()) + 6) % 7
	switch c {
	case 'C':
		return padded(b, t.Year()/100, 2, '0')
	case 'g':
		return padded(b, isoYear%100, 2, '0')
	case 'G':
		return strconv.AppendInt(b, int64(isoYear), 10)
	case 'k':
		return padded(b, t.Hour(), 2, ' ')
	case 'l':
		return padded(b, (t.Hour()+11)%12+1, 2, ' ')
	case 'n':
		return append(b, '\n')
	case 's':
		return strconv.AppendInt(b, t.Unix(), 10)
	case 't':
		return append(b, '\t')
	case 'u':
		return append(b, byte('1'+monday))
	case 'U':
		return padded(b, (t.YearDay()+6-int(t.Weekday()))/7, 2, '0')
	case 'V':
		return padded(b, isoWeek, 2, '0')
	case 'w':
		return append(b, byte('0'+int(t.Weekday())))
	case 'W':
		return padded(b, (t.YearDay()+6-monday)/7, 2, '0')
	case '%':
		return append(b, '%')
	}
	return append(b, '%', c)
}

func padded(b []byte, n, width int, with byte) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			b = append(b, with)
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}
