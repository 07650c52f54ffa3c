using System.Text.Json.Serialization;
using Writ.Realms;
using Writ.Requests;

namespace Writ.Wire;

/// <summary>Everything that is written as JSON, by generated code: one contract for ledger, API and client.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Move))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(Actor))]
[JsonSerializable(typeof(EntryContent))]
[JsonSerializable(typeof(RealmDocument))]
[JsonSerializable(typeof(RealmSnapshot))]
[JsonSerializable(typeof(BoundFacts))]
public sealed partial class WireJson : JsonSerializerContext;
