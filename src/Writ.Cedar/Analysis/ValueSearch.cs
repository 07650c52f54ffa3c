using System.Globalization;

namespace Writ.Cedar;

/// <summary>Finds values that are neither records nor entities for all wanted answers about one place.</summary>
sealed class ValueSearch
{
    // The same texts are sought again whenever a question about another place is dropped.
    readonly Dictionary<(Place, string), string?> _texts = [];

    /// <summary>Whether a value was not found only because a limit was met.</summary>
    public bool GaveUp { get; private set; }

    /// <summary>Answers and states that were looked at.</summary>
    public long Steps { get; private set; }

    public Value? Find(Place place, Sort sort)
    {
        var wanted = place.Questions.Where(question => question.Wanted is Truth.True or Truth.False).ToList();
        bool Fits(Value value)
        {
            Steps += wanted.Count;
            return wanted.All(question => question.Test.Ask(value) == question.Wanted);
        }
        foreach (var question in wanted)
            if (question is { Wanted: Truth.True, Test: PlaceTest.EqualTo { Constant: var constant } })
                return Sorts.Of(constant) == sort && Fits(constant) ? constant : null;
        return sort switch
        {
            Sort.Bool => First([CedarBool.False, CedarBool.True], Fits),
            Sort.Long => Number(wanted, number => new CedarLong(number), Fits),
            Sort.Datetime => Number(wanted, number => new CedarDatetime(number), Fits),
            Sort.Duration => Number(wanted, number => new CedarDuration(number), Fits),
            Sort.Decimal => Number(wanted, number => new CedarDecimal(number), Fits),
            Sort.String => Text(wanted, Fits),
            Sort.Ip => Address(wanted, Fits),
            _ => Set(place, wanted, Fits),
        };
    }

    /// <summary>
    /// A new value of the type of an element, different for each number; nothing when there are no more.
    /// </summary>
    public static Value? New(CedarType? type, int number) => Sorts.Of(type) switch
    {
        Sort.Bool => number == 0 ? CedarBool.False : number == 1 ? CedarBool.True : null,
        Sort.Long => new CedarLong(1_000_003 + number),
        Sort.Entity => new EntityUid((type as CedarType.Entity)?.Names[0] ?? "Thing", Name(number)),
        Sort.Set => CedarSet.Of(Enumerable.Range(0, number).Select(i => (Value)new CedarString(Name(i)))),
        Sort.Record => new RecordBuilder().Add("any", number).Build(),
        Sort.Decimal => new CedarDecimal(1_000_003 + number),
        Sort.Ip => CedarIp.TryParse($"10.9.{(number / 250) % 250}.{number % 250}", out var ip) ? ip : null,
        Sort.Datetime => new CedarDatetime(1_000_003 + number),
        Sort.Duration => new CedarDuration(1_000_003 + number),
        _ => new CedarString(Name(number)),
    };

    static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"any-{number}");

    static Value? First(IEnumerable<Value> candidates, Func<Value, bool> fits) => candidates.FirstOrDefault(fits);

    /// <summary>
    /// The answers only change at the constants. Between two of them as many numbers are tried as there are constants
    /// that must be avoided, so that one that fits is found if there is one.
    /// </summary>
    static Value? Number(List<PlaceQuestion> wanted, Func<long, Value> of, Func<Value, bool> fits)
    {
        var limits = wanted.Select(question => question.Test switch
        {
            PlaceTest.EqualTo equal => Numbers.Of(equal.Constant),
            PlaceTest.Ordered ordered => Numbers.Of(ordered.Constant),
            PlaceTest.Called { Argument: { } argument } => Numbers.Of(argument),
            _ => null,
        }).OfType<long>().Append(0).Append(long.MinValue).ToList();
        foreach (var limit in limits)
            for (var step = -1; step <= wanted.Count + 1; step++)
                if ((Int128)limit + step is var number && number >= long.MinValue && number <= long.MaxValue
                    && of((long)number) is var value && fits(value))
                    return value;
        return null;
    }

    CedarString? Text(List<PlaceQuestion> wanted, Func<Value, bool> fits)
    {
        var patterns = wanted.Select(question => question.Test).OfType<PlaceTest.Like>().ToList();
        var easy = patterns.Select(like => like.Pattern.Parts)
            .SelectMany(parts => new[] { string.Concat(parts), string.Join("any", parts) })
            .Append(string.Concat(wanted.Where(question => question.Wanted == Truth.True)
                .Select(question => question.Test).OfType<PlaceTest.Like>().SelectMany(like => like.Pattern.Parts)))
            .Append("any").Append("").Concat(Enumerable.Range(0, wanted.Count + 1).Select(Name));
        foreach (var text in easy)
            if (fits(new CedarString(text)))
                return new CedarString(text);
        if (patterns.Count == 0)
            return null;
        var place = wanted[0].Place;
        var key = (place, string.Concat(place.Questions.Select(question => (int?)question.Wanted ?? 9)));
        if (_texts.TryGetValue(key, out var known))
            return known is null ? null : new CedarString(known);
        var search = new TextSearch(wanted);
        var found = search.Find();
        _texts.Add(key, found);
        GaveUp |= search.GaveUp;
        Steps += search.Steps;
        return found is null ? null : new CedarString(found);
    }

    /// <summary>
    /// A value is in a range when all its addresses are. The ranges that are asked about nest or are apart, so what
    /// counts is the smallest of them around the value: the range itself, or something else in it.
    /// </summary>
    Value? Address(List<PlaceQuestion> wanted, Func<Value, bool> fits)
    {
        var ranges = wanted.Select(question => question.Test switch
        {
            PlaceTest.Called { Argument: CedarIp range } => range,
            PlaceTest.EqualTo { Constant: CedarIp address } => address,
            _ => null,
        }).OfType<CedarIp>().Concat(CedarIp.Landmarks).ToList();
        if (First(ranges.Concat(ranges.SelectMany(range => range.Nearby(wanted.Count + 1))), fits) is { } found)
            return found;
        // What is only left out by being unequal could still have a sibling that was not tried.
        GaveUp |= wanted.Any(question => question is { Wanted: Truth.False, Test: PlaceTest.EqualTo });
        return null;
    }

    Value? Set(Place place, List<PlaceQuestion> wanted, Func<Value, bool> fits)
    {
        var element = (place.Type as CedarType.Set)?.Element;
        var must = wanted.Where(question => question.Wanted == Truth.True)
            .Select(question => question.Test).OfType<PlaceTest.Contains>().Select(test => test.Element).ToList();
        var bounds = wanted.Where(question => question.Wanted == Truth.True)
            .Select(question => question.Test).OfType<PlaceTest.Within>().Select(test => test.All).ToList();
        // Elements that may be added: those of the bounds, or new ones when there are none.
        var pool = bounds.Count > 0
            ? [.. bounds[0].Where(value => bounds.All(bound => bound.Contains(value)))]
            : New(element ?? TypeOf(wanted), wanted);
        if (bounds.Count > 0 && pool.Count > AnalysisLimits.SubsetMembersMax)
        {
            GaveUp = true;
            pool.RemoveRange(AnalysisLimits.SubsetMembersMax, pool.Count - AnalysisLimits.SubsetMembersMax);
        }
        if (bounds.Count > 0 || element is CedarType.Bool)
            return First(Subsets(pool).Select(more => CedarSet.Of(must.Concat(more))), fits);
        return First(
            Enumerable.Range(0, pool.Count + 1).Select(count => CedarSet.Of(must.Concat(pool.Take(count)))), fits);
    }

    /// <summary>As many elements as could be needed, none of which is asked for.</summary>
    static List<Value> New(CedarType? type, List<PlaceQuestion> wanted)
    {
        var asked = wanted.Select(question => question.Test).OfType<PlaceTest.Contains>()
            .Select(test => test.Element).ToHashSet();
        return [.. Enumerable.Range(0, 2 * wanted.Count + 2).Select(i => New(type, i)).OfType<Value>()
            .Where(value => !asked.Contains(value)).Take(wanted.Count + 1)];
    }

    static CedarType? TypeOf(List<PlaceQuestion> wanted) => wanted.Select(question => question.Test)
        .OfType<PlaceTest.Contains>().FirstOrDefault()?.Element switch
    {
        CedarLong => CedarType.Long,
        EntityUid uid => CedarType.OfEntity(uid.Type),
        _ => CedarType.String,
    };

    static IEnumerable<IEnumerable<Value>> Subsets(List<Value> pool) => Enumerable.Range(0, 1 << pool.Count)
        .Select(bits => pool.Where((_, i) => (bits >> i & 1) != 0));
}
