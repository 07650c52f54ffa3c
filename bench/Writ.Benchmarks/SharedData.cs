namespace Writ.Testing;

/// <summary>What is shared with tests asks here for what it needs; a benchmark has nothing to skip.</summary>
static class SharedData
{
    public static string RepositoryRoot { get; } = Path.GetDirectoryName(Benchmarks.BenchFiles.Find("Writ.slnx"))!;

    public static void Unavailable(string reason) => throw new InvalidOperationException(reason);
}
