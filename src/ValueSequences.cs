using System.Collections.Immutable;

namespace Writ;

/// <summary>
/// <c>Select</c> where the results are values, and what selects pairs. These stand in front of the framework's, whose
/// iterators know how to select from each other: natively compiled that is a body for each pair of types anywhere in
/// the program (docs/decisions/0036-selecting-values.md).
/// </summary>
static class ValueSequences
{
    public static IEnumerable<TResult> Select<TSource, TResult>(
        this IEnumerable<TSource> source, Func<TSource, TResult> selector)
        where TResult : struct
    {
        foreach (var item in source)
            yield return selector(item);
    }

    public static IEnumerable<TResult?> Select<TSource, TResult>(
        this IEnumerable<TSource> source, Func<TSource, TResult?> selector)
        where TResult : struct
    {
        foreach (var item in source)
            yield return selector(item);
    }

    /// <exception cref="ArgumentException">Two values of one key that are not equal.</exception>
    public static ImmutableDictionary<TKey, TSource> ToImmutableDictionary<TSource, TKey>(
        this IEnumerable<TSource> source, Func<TSource, TKey> key, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToImmutableDictionary(key, static item => item, comparer);

    /// <exception cref="ArgumentException">Two values of one key that are not equal.</exception>
    public static ImmutableDictionary<TKey, TValue> ToImmutableDictionary<TSource, TKey, TValue>(
        this IEnumerable<TSource> source, Func<TSource, TKey> key, Func<TSource, TValue> value,
        IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull
    {
        var pairs = ImmutableDictionary.CreateBuilder<TKey, TValue>(comparer);
        foreach (var item in source)
            pairs.Add(key(item), value(item));
        return pairs.ToImmutable();
    }
}
