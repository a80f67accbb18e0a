package chat

import "time"

// Time is milliseconds since 1970 in UTC, as the tables hold it. On the wire
// it is RFC 3339 with milliseconds; zero means "not set".
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// MaxTime is the last moment of the year 9999, which RFC 3339 ends with.
const MaxTime Time = 253402300799999

// At returns t as a Time.
func At(t time.Time) Time { return Time(t.UnixMilli()) }

// Time returns t in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t Time) String() string { return t.Time().Format(timeLayout) }

// AppendJSON adds t as an RFC 3339 string.
func (t Time) AppendJSON(b []byte) []byte {
	return append(t.Time().AppendFormat(append(b, '"'), timeLayout), '"')
}

// MarshalJSON writes what AppendJSON adds.
func (t Time) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }
