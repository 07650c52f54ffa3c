using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;

namespace Writ.Corpus;

/// <summary>Reads a packed corpus line by line; at no time more than a few lines are in memory.</summary>
public static class CorpusFile
{
    public static void Check(string path, Tally tally)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        var lines = Partitioner.Create(Lines(path), EnumerablePartitionerOptions.NoBuffering);
        try
        {
            Parallel.ForEach(lines, options, line => Check(path, line.Number, line.Text, tally));
        }
        catch (AggregateException faults) when (BrokenLineOf(faults) is { } broken)
        {
            throw new BrokenCorpusException(broken.Message);
        }
        if (tally.Tests == 0)
            throw new BrokenCorpusException($"{path}: expected at least one line with a test, found none");
    }

    static void Check(string path, int number, string line, Tally tally)
    {
        using var test = PackedTest.Parse(line, $"{path}:{number}");
        tally.Add(number, test.Id, CorpusChecks.Of(test));
    }

    /// <summary>The lines that are not empty, counted from one.</summary>
    public static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var reader = Open(path);
        for (var number = 1; Next(path, number, reader) is { } line; number++)
            if (line.Length > 0)
                yield return (number, line);
    }

    static BrokenCorpusException? BrokenLineOf(AggregateException faults) =>
        faults.InnerExceptions.OfType<BrokenCorpusException>().FirstOrDefault();

    static StreamReader Open(string path)
    {
        try
        {
            Stream stream = File.OpenRead(path);
            // Whatever it is called, gzip is known by its first two bytes.
            var isPacked = path.EndsWith(".gz", StringComparison.Ordinal)
                || (stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b);
            stream.Position = 0;
            if (isPacked)
                stream = new GZipStream(stream, CompressionMode.Decompress);
            return new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BrokenCorpusException($"{path}: expected a file that can be read: {fault.Message}");
        }
    }

    static string? Next(string path, int number, StreamReader reader)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or DecoderFallbackException)
        {
            throw new BrokenCorpusException(
                $"{path}:{number}: expected a line of gzip-compressed UTF-8: {fault.Message}");
        }
    }
}
