using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Writ.Cli.Calling;
using Writ.Cli.CedarTools;
using Writ.Cli.Commands;
using Writ.Policies;
using Writ.Runs.Recordings;
using Writ.Wire;

namespace Writ.Cli.Settings;

/// <summary>The client's own files and those of its answers that the API has no shape for.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(ConfigFile))]
[JsonSerializable(typeof(LoginFile))]
[JsonSerializable(typeof(ImmutableArray<Setting>))]
[JsonSerializable(typeof(InceptionAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(Enrolled))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(VerifyAnswer))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(RunReplayAnswer))]
[JsonSerializable(typeof(CopyAnswer))]
[JsonSerializable(typeof(ProofAnswer))]
[JsonSerializable(typeof(BundleAnswer))]
[JsonSerializable(typeof(ImmutableArray<RuleChange>))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(PolicyImpact))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(AssistantAnswer))]
[JsonSerializable(typeof(CedarDecision))]
[JsonSerializable(typeof(CedarCheck))]
[JsonSerializable(typeof(LedgerKeyAnswer))]
[JsonSerializable(typeof(ImmutableArray<PolicyAnswer>))]
[JsonSerializable(typeof(ExplainedLine))]
[JsonSerializable(typeof(Recording))]
[JsonSerializable(typeof(ChangesAnswer))]
sealed partial class CliJson : JsonSerializerContext;
