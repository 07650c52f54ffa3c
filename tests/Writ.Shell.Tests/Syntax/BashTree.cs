using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>The shape bash gives a list: binary connections, left to right, pipes right to left.</summary>
abstract record BashTree
{
    public sealed record Connection(string Connector, BashTree First, BashTree? Second) : BashTree
    {
        public bool IsNegated { get; init; }

        public PipelineTiming Timing { get; init; }
    }

    public sealed record Leaf(Command? Command, bool PipesErrors) : BashTree
    {
        public bool IsNegated { get; init; }

        public PipelineTiming Timing { get; init; }
    }

    /// <summary>Inside of a command substitution bash keeps new lines apart from semicolons.</summary>
    public static BashTree? From(CommandList list, bool keepsNewLines)
    {
        BashTree? tree = null;
        var connector = ";";
        foreach (var item in list.Items)
        {
            var chain = From(item);
            tree = tree is null ? chain : Connect(tree, chain, connector);
            connector = item.Terminator switch
            {
                ListTerminator.Background => "&",
                ListTerminator.NewLine when keepsNewLines => "\n",
                _ => ";",
            };
        }
        return tree is not null && connector == "&" ? Connect(tree, null, "&") : tree;
    }

    // `a; b & c` puts only `b` in the background.
    static Connection Connect(BashTree tree, BashTree? next, string connector)
    {
        if (connector == "&" && tree is Connection { Connector: ";", Second: not null } semi)
            return semi with { Second = ConnectLast(semi.Second, next) };
        return new Connection(connector, tree, next);
    }

    static Connection ConnectLast(BashTree tree, BashTree? next) =>
        tree is Connection { Connector: ";", Second: not null } semi
            ? semi with { Second = ConnectLast(semi.Second, next) }
            : new Connection("&", tree, next);

    static BashTree From(ListItem item)
    {
        BashTree? tree = null;
        foreach (var link in item.Links)
        {
            var pipeline = From(link.Pipeline);
            tree = tree is null
                ? pipeline
                : new Connection(link.Condition == ChainCondition.Success ? "&&" : "||", tree, pipeline);
        }
        return tree!;
    }

    static BashTree From(Pipeline pipeline)
    {
        if (pipeline.Stages.IsEmpty)
            return new Leaf(null, false) { IsNegated = pipeline.IsNegated, Timing = pipeline.Timing };
        BashTree tree = new Leaf(pipeline.Stages[^1].Command, false);
        for (var i = pipeline.Stages.Length - 2; i >= 0; i--)
            tree = new Connection("|", new Leaf(pipeline.Stages[i].Command, pipeline.Stages[i].PipesErrors), tree);
        return tree switch
        {
            Leaf leaf => leaf with { IsNegated = pipeline.IsNegated, Timing = pipeline.Timing },
            Connection pipe => pipe with { IsNegated = pipeline.IsNegated, Timing = pipeline.Timing },
            _ => tree,
        };
    }
}
