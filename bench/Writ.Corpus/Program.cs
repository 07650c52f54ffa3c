using Writ.Corpus;

const string Usage = """
    usage: Writ.Corpus [-h] [--show N] FILE

    Checks Writ's Cedar against a packed corpus: one test as a JSON object in each line, plain or gzip-compressed. Each line has the members id, policy, schema, entities, test, and the recorded answers validation,
    schemaJson and golden413; a recorded answer that is null is skipped and counted.

      --show N   print the first N failures in full (10 unless told)
      -h         print this

    The last line is "N passed, N failed, N skipped". Exit codes: 0 all passed, 1 something failed, 2 wrong usage or a
    file that is not a corpus.
    """;

string? path = null;
var shown = 10;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "-h" or "--help":
            Console.WriteLine(Usage);
            return 0;
        case "--show" when i + 1 < args.Length && int.TryParse(args[i + 1], out shown) && shown >= 0:
            i++;
            break;
        case { } word when path is null && !word.StartsWith('-'):
            path = word;
            break;
        default:
            Console.Error.WriteLine($"'{args[i]}' is not understood here\n\n{Usage}");
            return 2;
    }
}
if (path is null)
{
    Console.Error.WriteLine($"which file?\n\n{Usage}");
    return 2;
}
try
{
    var tally = new Tally(shown);
    CorpusFile.Check(path, tally);
    tally.Write(Console.Out);
    return tally.Failed == 0 ? 0 : 1;
}
catch (BrokenCorpusException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 2;
}
