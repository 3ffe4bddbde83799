package notes

import (
	"fmt"
	"slices"
	"strings"

	"killpoint/ring"
)

// outcome is what is told of the rows of a site that have it in common.
type outcome struct {
	where     []string
	sentences []string
}

// outcomes tells the rows of a site, each in one text: the first one in full,
// of the others what is different.
func outcomes(rows []row, side ring.Side) ([]string, error) {
	var all []outcome
	for _, r := range rows {
		sentences, err := tell(r, side)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(o outcome) bool { return slices.Equal(o.sentences, sentences) })
		if i < 0 {
			i = len(all)
			all = append(all, outcome{sentences: sentences})
		}
		all[i].where = append(all[i].where, r.where)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no cell")
	}
	texts := []string{all[0].first()}
	for _, o := range all[1:] {
		texts = append(texts, o.besides(all[0]))
	}
	return texts, nil
}

// first tells an outcome in full. That of the plain row needs no name.
func (o outcome) first() string {
	text := strings.Join(o.sentences, " ")
	names := o.names()
	switch {
	case len(names) == 0:
		return text
	case len(names) < len(o.where):
		return text + " The same in " + and(names) + "."
	}
	return "In " + and(names) + ": " + lower(text)
}

// besides tells an outcome after another one: in full only if the two have
// little in common.
func (o outcome) besides(first outcome) string {
	different := slices.DeleteFunc(slices.Clone(o.sentences), func(s string) bool { return slices.Contains(first.sentences, s) })
	if len(different) > 0 && len(different) < len(o.sentences) {
		return "In " + and(o.names()) + " all the same but this: " + lower(strings.Join(different, " "))
	}
	return "In " + and(o.names()) + ": " + lower(strings.Join(o.sentences, " "))
}

// names are those of the rows, but for the plain one.
func (o outcome) names() (names []string) {
	for _, name := range o.where {
		if name != "" {
			names = append(names, "`"+name+"`")
		}
	}
	return names
}

// lower begins a sentence within another one. M keeps its name.
func lower(text string) string {
	if strings.HasPrefix(text, "M ") || strings.HasPrefix(text, "`") {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
