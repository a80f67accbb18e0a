package chat

import (
	"slices"
	"strings"
	"unicode"
)

// Sought is what somebody types to find a user by name: the beginning of it, or
// a part. A Korean consonant by itself stands for each syllable that begins with
// it, and a syllable that is still being typed for what can become of it.
type Sought struct {
	folded  string
	letters []letter
}

// NewSought reads what was typed.
func NewSought(typed string) (Sought, error) {
	typed, err := clean("q", typed, MaxDisplayName)
	if err != nil {
		return Sought{}, err
	}
	// An input method makes one letter of two consonants that follow each other.
	folded := Fold(clusters.Replace(typed))
	return Sought{folded, spell(folded)}, nil
}

var clusters = strings.NewReplacer("ㄳ", "ㄱㅅ", "ㄵ", "ㄴㅈ", "ㄶ", "ㄴㅎ", "ㄺ", "ㄹㄱ", "ㄻ", "ㄹㅁ", "ㄼ", "ㄹㅂ",
	"ㄽ", "ㄹㅅ", "ㄾ", "ㄹㅌ", "ㄿ", "ㄹㅍ", "ㅀ", "ㄹㅎ", "ㅄ", "ㅂㅅ")

// Key is what every search key contains of a user who fits. Others contain it,
// too; Best tells.
func (s Sought) Key() string { return initials(s.folded) }

// SearchKey is the names of a user in the form in which tables are searched,
// each behind a line end.
func SearchKey(name, display string) string {
	return "\n" + initials(Fold(name)) + "\n" + initials(Fold(display))
}

// Best returns those of users who fit, those who fit best first, at most most.
// Whoever fits equally well stays in the order in which they were given.
func (s Sought) Best(users []User, most int) []User {
	type found struct {
		User
		misfit int
	}
	var list []found
	for _, u := range users {
		if misfit := min(s.misfit(u.Name), s.misfit(u.DisplayName)); misfit < none {
			list = append(list, found{u, misfit})
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return a.misfit - b.misfit })
	best := []User{}
	for _, f := range list[:min(most, len(list))] {
		best = append(best, f.User)
	}
	return best
}

// How a name fits, best first: it is what is sought, it begins with it, one of
// its words does, it is in the middle of a word. Half a step behind each is what
// fits only because a consonant stands for more, or a syllable may still grow.
const (
	whole = iota * 2
	begins
	inWords
	inside
	none
)

func (s Sought) misfit(name string) int {
	folded := Fold(name)
	letters := spell(folded)
	misfit := none
	for i, l := range letters {
		end, ok := s.fitsAt(letters, i)
		switch {
		case !ok || !l.first:
		case i == 0 && end == len(letters):
			misfit = whole
		case i == 0:
			misfit = begins
		case isWord(letters[i-1].rune):
			misfit = min(misfit, inside)
		default:
			misfit = min(misfit, inWords)
		}
	}
	if misfit < none && !strings.Contains(folded, s.folded) {
		misfit++
	}
	return misfit
}

// fitsAt reports whether what is sought stands at a place of a name, and where
// it ends there.
func (s Sought) fitsAt(name []letter, at int) (end int, ok bool) {
	for _, l := range s.letters {
		if at == len(name) || name[at].rune != l.rune || l.first && !name[at].first {
			return at, false
		}
		at++
		for l.alone && at < len(name) && !name[at].first {
			at++ // the rest of a syllable
		}
	}
	return at, true
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// letter is what one key types: of a Korean syllable a consonant or a vowel, of
// other writing a whole character.
type letter struct {
	rune
	first bool // it begins a syllable or is none of one
	alone bool // it is a Korean consonant without a syllable
}

// The Korean syllables in Unicode stand in the order of their first consonants,
// then of their vowels, then of their last consonants.
const (
	firstSyllable, lastSyllable   = '가', '힣'
	firstConsonant, lastConsonant = '\u1100', '\u1112'
	vowelCount, endCount          = 21, 28
)

// What each vowel is typed as, and each last consonant, in their order.
var (
	vowels = strings.Split(Fold("ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ"), " ")
	ends   = strings.Split(Fold(" ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ"), " ")
)

// spell takes a folded text apart into its letters.
func spell(folded string) []letter {
	var letters []letter
	for _, r := range folded {
		if r < firstSyllable || r > lastSyllable {
			letters = append(letters, letter{r, true, r >= firstConsonant && r <= lastConsonant})
			continue
		}
		letters = append(letters, letter{initial(r), true, false})
		n := int(r - firstSyllable)
		for _, rest := range vowels[n/endCount%vowelCount] + ends[n%endCount] {
			letters = append(letters, letter{rest, false, false})
		}
	}
	return letters
}

// initials is a folded text with each Korean syllable by its first consonant.
func initials(folded string) string {
	return strings.Map(func(r rune) rune {
		if r < firstSyllable || r > lastSyllable {
			return r
		}
		return initial(r)
	}, folded)
}

// initial is the first consonant of a syllable, as folding leaves it.
func initial(syllable rune) rune {
	return firstConsonant + (syllable-firstSyllable)/(vowelCount*endCount)
}
