import type { Collections } from '../database/collections.ts';

/** What readers said of one page. */
export interface PageFeedback {
  page: string;
  /** How many found it helpful, and how many did not. */
  yes: number;
  no: number;
  /** Latest first. */
  comments: { at: Date; helpful: boolean; comment: string }[];
}

const MAX_COMMENTS = 5;

/** What readers said, page by page; the least helpful pages come first. */
export function summarizeFeedback({ docsFeedback }: Collections): Promise<PageFeedback[]> {
  const count = (helpful: boolean) => ({ $sum: { $cond: [{ $eq: ['$helpful', helpful] }, 1, 0] } });
  const comment = {
    $cond: ['$comment', { at: '$at', helpful: '$helpful', comment: '$comment' }, '$$REMOVE'],
  };
  // Reads everything: the endpoint keeps it small.
  return docsFeedback.aggregate<PageFeedback>([
    { $group: { _id: '$page', yes: count(true), no: count(false), all: { $push: comment } } },
    {
      $project: {
        _id: 0,
        page: '$_id',
        yes: 1,
        no: 1,
        comments: { $slice: [{ $sortArray: { input: '$all', sortBy: { at: -1 } } }, MAX_COMMENTS] },
      },
    },
    { $sort: { no: -1, yes: -1, page: 1 } },
  ]);
}
