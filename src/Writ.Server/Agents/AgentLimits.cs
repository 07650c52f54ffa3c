using Writ.Server.Mediation;

namespace Writ.Server.Agents;

/// <summary>The numbers that agents cannot exceed, whatever their sessions allow.</summary>
public sealed record AgentLimits
{
    /// <summary>Questions answered at the same time; one more is told to come again.</summary>
    public int QuestionsMax { get; init; } = 256;

    public int WaitsMax { get; init; } = 256;

    public int RunsMax { get; init; } = 64;

    /// <summary>Assistants that live in sandboxes at the same time; each takes one of the runs' places.</summary>
    public int AssistantsMax { get; init; } = 16;

    /// <summary>What one of them may print in all its life.</summary>
    public long AssistantOutputMax { get; init; } = 4L << 30;

    /// <summary>How much of that is kept as its record.</summary>
    public int AssistantKeptOutputMax { get; init; } = 16 << 20;

    /// <summary>What a home that is kept for one may hold, where its workflow says nothing else.</summary>
    public Trees.LayerLimits KeptHome { get; init; } = new()
    {
        BytesMax = 2L << 30,
        EntriesMax = 100_000,
        LookEvery = TimeSpan.FromSeconds(1),
    };

    public int BodyBytesMax { get; init; } = 256 * 1024;

    public TimeSpan AnswerMax { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan WallTimeMax { get; init; } = TimeSpan.FromHours(4);

    public int ProcessesMax { get; init; } = 512;

    public long OutputBytesMax { get; init; } = 64L << 20;

    /// <summary>What a run may start.</summary>
    public ExecutionLimits Executions { get; init; } = new();

    /// <summary>How much of a run's output is kept as its record.</summary>
    public int KeptOutputMax { get; init; } = 1 << 20;
}
