package chat

import "strings"

// MaxPlaces is how many rooms one stream is of at most.
const MaxPlaces = 20

// Place is a room, and where somebody asks to go on reading it.
type Place struct {
	Slug string
	Position
}

// ParsePlaces reads a list of places, such as `lobby:1042.7c1e90,dev`: of each
// room its slug, and behind a colon its position, where one is given.
func ParsePlaces(list string) ([]Place, error) {
	var places []Place
	seen := map[string]bool{}
	for one := range strings.SplitSeq(list, ",") {
		slug, at, given := strings.Cut(one, ":")
		if CheckSlug(slug) != nil || seen[slug] || len(places) == MaxPlaces {
			return nil, Refuse(Invalid, "bad_rooms", MaxPlaces)
		}
		pos, err := ParsePosition(at)
		if err != nil || given && at == "" {
			return nil, Refuse(Invalid, "bad_cursor")
		}
		seen[slug] = true
		places = append(places, Place{slug, pos})
	}
	return places, nil
}

func (p Place) String() string {
	if p.From == FromNewest {
		return p.Slug
	}
	return p.Slug + ":" + p.Position.String()
}
