using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using Writ.Kills;

namespace Writ.Tests;

/// <summary>
/// Values of any wire type, built from its constructor: the same seed gives the same value. Values of a type that has a
/// pool come from it, so that moves meet the requests and sessions of a state.
/// </summary>
sealed class Samples(uint seed, IReadOnlyDictionary<Type, object[]>? pools = null)
{
    static readonly string[] Texts =
        ["", "x", "sha256:" + new string('a', 64), "two words", "é\u202e\U0001F600", "/abs/path", "id-1",
            new string('l', 300)];

    uint _state = seed;

    /// <summary>The cases of a closed family, as their discriminators name them.</summary>
    public static ImmutableArray<Type> CasesOf(Type family) =>
        [.. family.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => a.DerivedType)];

    public object Of(Type type)
    {
        if (pools?.GetValueOrDefault(type) is { Length: > 0 } pool)
            return pool[Next(pool.Length)];
        if (type == typeof(Scope))
            return Next(3) == 0 ? new Scope(ScopeKind.Realm, "") : new Scope((ScopeKind)(1 + Next(6)), $"id-{Next(3)}");
        if (Simple(type) is { } simple)
            return simple;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(Next(Enum.GetValues(type).Length))!;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return ArrayOf(type.GetGenericArguments()[0]);
        if (type.IsAbstract)
            return Of(CasesOf(type)[Next(CasesOf(type).Length)]);
        if (type.GetInterface("IId`1") is not null)
            return Activator.CreateInstance(type, $"{type.Name.ToLowerInvariant()}-{Next(3)}")!;
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Optional(p) ? null
            : Of(p.ParameterType))]);
    }

    bool Optional(ParameterInfo parameter) =>
        new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable && Next(2) == 0;

    object? Simple(Type type) =>
        type == typeof(string) ? Texts[Next(Texts.Length)]
        : type == typeof(int) ? Next(7)
        : type == typeof(long) ? (long)Next(1_000)
        : type == typeof(bool) ? Next(2) == 1
        : type == typeof(DateTimeOffset) ? World.Start.AddMinutes(Next(200) - 20)
        : type == typeof(DateOnly) ? new DateOnly(2027, 1, 1).AddDays(Next(300))
        : null;

    object ArrayOf(Type item)
    {
        var items = Array.CreateInstance(item, Next(3));
        for (var i = 0; i < items.Length; i++)
            items.SetValue(Of(item), i);
        return typeof(Samples).GetMethod(nameof(Immutable), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item).Invoke(null, [items])!;
    }

    static ImmutableArray<T> Immutable<T>(T[] items) => [.. items];

    int Next(int below)
    {
        _state = unchecked((_state * 1_664_525) + 1_013_904_223);
        return (int)((_state >> 8) % (uint)below);
    }
}
