using System.Text.Json;
using System.Text.Json.Serialization;

namespace Writ;

/// <summary>A typed identifier: the same text under two types can never be mistaken for each other.</summary>
public interface IId<TSelf>
    where TSelf : struct, IId<TSelf>
{
    string Value { get; }

    static abstract TSelf Of(string value);
}

/// <summary>What an identifier may look like, whoever chose it.</summary>
public static class IdRules
{
    /// <summary>Longest identifier, in characters.</summary>
    public const int LengthMax = 96;

    /// <summary>Lower-case letters, digits, and <c>- _ . /</c> inside; it starts with a letter or a digit.</summary>
    public static bool IsWellFormed(string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Length > LengthMax || !char.IsAsciiLetterOrDigit(value[0]))
            return false;
        foreach (var c in value)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_' or '.' or '/'))
                return false;
        return true;
    }
}

/// <summary>Writes a typed identifier as the plain JSON string it wraps; no identifier is the empty string.</summary>
public sealed class IdConverter<T> : JsonConverter<T>
    where T : struct, IId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.Of(reader.GetString() ?? throw new JsonException($"{typeof(T).Name} must be a string."));

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value ?? "");

    public override T ReadAsPropertyName(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.Of(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Value);
}

/// <summary>A human who can sign. Never an agent. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<PersonId>))]
public readonly record struct PersonId(string Value) : IId<PersonId>
{
    public static PersonId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>A named group of people. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<TeamId>))]
public readonly record struct TeamId(string Value) : IId<TeamId>
{
    public static TeamId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// A non-human workload with an identity of its own. The default value is no identifier and matches nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<AgentId>))]
public readonly record struct AgentId(string Value) : IId<AgentId>
{
    public static AgentId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>An approved use case for agents. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<WorkflowId>))]
public readonly record struct WorkflowId(string Value) : IId<WorkflowId>
{
    public static WorkflowId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// What is acted on: a host, database, cluster, repository, service. The default value is no identifier and matches
/// nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<TargetId>))]
public readonly record struct TargetId(string Value) : IId<TargetId>
{
    public static TargetId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>A named stage such as staging or prod. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<EnvironmentId>))]
public readonly record struct EnvironmentId(string Value) : IId<EnvironmentId>
{
    public static EnvironmentId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// One bounded run of one agent in one workflow for one task. The default value is no identifier and matches nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<SessionId>))]
public readonly record struct SessionId(string Value) : IId<SessionId>
{
    public static SessionId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>One thing an agent asks to do. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<RequestId>))]
public readonly record struct RequestId(string Value) : IId<RequestId>
{
    public static RequestId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>One signed, single-use order. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<WritId>))]
public readonly record struct WritId(string Value) : IId<WritId>
{
    public static WritId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>The execution of one writ. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<RunId>))]
public readonly record struct RunId(string Value) : IId<RunId>
{
    public static RunId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// One proposed change of the realm document. The default value is no identifier and matches nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<ChangeId>))]
public readonly record struct ChangeId(string Value) : IId<ChangeId>
{
    public static ChangeId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>One login of one person. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<LoginId>))]
public readonly record struct LoginId(string Value) : IId<LoginId>
{
    public static LoginId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// One credential for one run. It follows from its writ and its profile (<see cref="Leases.LeaseNames"/>). The default
/// value is no identifier and matches nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<LeaseId>))]
public readonly record struct LeaseId(string Value) : IId<LeaseId>
{
    public static LeaseId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// What one caller from another machine acts with for some minutes. The default value is no identifier and matches
/// nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<PassId>))]
public readonly record struct PassId(string Value) : IId<PassId>
{
    public static PassId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>One use of the kill switch. The default value is no identifier and matches nothing.</summary>
[JsonConverter(typeof(IdConverter<KillId>))]
public readonly record struct KillId(string Value) : IId<KillId>
{
    public static KillId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}

/// <summary>
/// One finding. It follows from what was found (<see cref="Findings.FindingRules.IdOf"/>). The default value is no
/// identifier and matches nothing.
/// </summary>
[JsonConverter(typeof(IdConverter<FindingId>))]
public readonly record struct FindingId(string Value) : IId<FindingId>
{
    public static FindingId Of(string value) => new(value);

    public override string ToString() => Value ?? "";
}
